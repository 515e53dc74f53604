"""Runs a program on a terminal of its own: terminal.py PROGRAM ARGUMENT...

Keys come on standard input, what the terminal shows goes to standard output, and sizes come on descriptor 3: lines of
columns and rows. Ends when the program does, or when the keys end.
"""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios

SIZES = 3

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])

readable = [0, SIZES, terminal]
sizes = b""
while True:
    ready, _, _ = select.select(readable, [], [])
    if terminal in ready:
        try:
            shown = os.read(terminal, 65536)
        except OSError:
            break
        if not shown:
            break
        os.write(1, shown)
    if 0 in ready:
        keys = os.read(0, 65536)
        if not keys:
            os.kill(pid, signal.SIGHUP)
            break
        while keys:
            keys = keys[os.write(terminal, keys) :]
    if SIZES in ready:
        sizes += os.read(SIZES, 4096) or b""
        *lines, sizes = sizes.split(b"\n")
        for line in lines:
            cols, rows = map(int, line.split())
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
os.close(terminal)
os.waitpid(pid, 0)
