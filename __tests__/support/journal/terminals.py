"""Runs shells on terminals of their own, as SSM Agent does: a JSON list of cases on standard input, of results on output.

A case has `argv` (name that the program is called by, then arguments), `program`, `profile` (typed first, as soon as the
shell runs), `keys` (texts typed one after the other, each once nothing is shown any more), `columns` and `files` (texts by
name, in the folder that the shell runs in). A result is all that the terminal showed, in base64.
"""

import base64
import concurrent.futures
import fcntl
import json
import os
import pty
import select
import shutil
import signal
import struct
import sys
import tempfile
import termios
import time

QUIET = 0.25


def shown_until_quiet(terminal, seconds):
    shown = b""
    while select.select([terminal], [], [], seconds)[0]:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            return shown, True
        if not data:
            return shown, True
        shown += data
    return shown, False


def run(case):
    folder = tempfile.mkdtemp(prefix="journal")
    for name, text in case.get("files", {}).items():
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)
    environment = {
        "HOME": folder,
        "LANG": "C.UTF-8",
        "PATH": os.environ["PATH"],
        "TERM": "xterm-256color",
        **case.get("environment", {}),
    }
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execve(case["program"], case["argv"], environment)
    size = struct.pack("HHHH", 24, case.get("columns", 80), 0, 0)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)
    shown = b""
    try:
        for keys in [case["profile"] + "\n" if case["profile"] else "", *case["keys"], "exit\n", "exit\n", "exit\n"]:
            os.write(terminal, keys.encode())
            more, ended = shown_until_quiet(terminal, QUIET)
            shown += more
            if ended:
                break
    except OSError:
        pass
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    os.close(terminal)
    os.waitpid(pid, 0)
    shutil.rmtree(folder, ignore_errors=True)
    return base64.b64encode(shown).decode()


with concurrent.futures.ThreadPoolExecutor(max_workers=6) as pool:
    json.dump(list(pool.map(run, json.load(sys.stdin))), sys.stdout)
