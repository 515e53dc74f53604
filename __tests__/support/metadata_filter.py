"""Who reaches the metadata service's addresses, before and after a filter is loaded twice: run in a network of its own."""

import ctypes
import json
import os
import socket
import subprocess
import sys
import threading

CLONE_NEWUSER = 0x10000000
IPV4, IPV6 = "169.254.169.254", "fd00:ec2::254"
WAYS = {IPV4: socket.AF_INET, IPV6: socket.AF_INET6, f"::ffff:{IPV4}": socket.AF_INET6, "127.0.0.1": socket.AF_INET}


def listen(address, family):
    server = socket.socket(family, socket.SOCK_STREAM)
    server.bind((address, 80))
    server.listen()

    def answer():
        while True:
            server.accept()[0].close()

    threading.Thread(target=answer, daemon=True).start()


def ask(user, namespace=False):
    read, write = os.pipe()
    if os.fork() == 0:
        os.setuid(user)
        libc = ctypes.CDLL(None)
        # PR_SET_DUMPABLE: whoever was root before may not write its own maps otherwise.
        libc.prctl(4, 1)
        if namespace and libc.unshare(CLONE_NEWUSER) == 0:
            # Root in a user namespace of one's own is nobody outside. Some systems let nobody have one.
            os.write(os.open("/proc/self/uid_map", os.O_WRONLY), b"0 %d 1" % user)
            assert os.getuid() == 0
        os.write(write, json.dumps([way(address, family) for address, family in WAYS.items()]).encode())
        os._exit(0)
    os.close(write)
    os.wait()
    return json.loads(os.read(read, 1000))


def way(address, family):
    client = socket.socket(family)
    client.settimeout(3)
    try:
        client.connect((address, 80))
        return "open"
    except OSError as error:
        return type(error).__name__


def run(*command, **options):
    subprocess.run(command, check=True, **options)


run("ip", "link", "set", "lo", "up")
run("ip", "address", "add", f"{IPV4}/32", "dev", "lo")
run("ip", "address", "add", f"{IPV6}/128", "dev", "lo", "nodad")
listen("0.0.0.0", socket.AF_INET)
listen(IPV6, socket.AF_INET6)
found = {"before": ask(1001)}
text = sys.stdin.buffer.read()
run("nft", "-f", "-", input=text)
run("nft", "-f", "-", input=text)
found.update(root=ask(0), user=ask(1001), namespace=ask(1001, namespace=True))
print(json.dumps(found))
