"""Runs a program on a terminal of its own: pty.py SCRIPT PROGRAM ARGUMENT...

SCRIPT is a JSON list of [text to wait for, keys to type]. What the terminal showed goes to standard output, and the exit
status is the program's.
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time

script = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))
shown = ""
deadline = time.time() + 60
while time.time() < deadline:
    ready, _, _ = select.select([terminal], [], [], 0.1)
    if ready:
        try:
            data = os.read(terminal, 4096)
        except OSError:
            break
        if not data:
            break
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        shown += data.decode(errors="replace")
    if script and script[0][0] in shown:
        shown = shown.split(script[0][0], 1)[1]
        os.write(terminal, script.pop(0)[1].encode())
else:
    os.kill(pid, 9)
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status) % 256)
