"""Metadata of an instance on a port of this machine, which is printed first: ministack's, alone.

Ends with its standard input, so that it outlives nobody.
"""

import asyncio
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ministack.services import imds


class Handler(BaseHTTPRequestHandler):
    def answer(self):
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, answered, body = asyncio.run(imds.handle_request(self.command, self.path, headers, b"", {}))
        self.send_response(status)
        for name, value in answered.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = answer

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
os._exit(0)
