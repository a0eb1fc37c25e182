"""Serves GET /path with what stands there, as it arrives; prints its port first.

SPDX-License-Identifier: Apache-2.0
"""
import http.server


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open(self.path, "rb", buffering=0) as f:
            self.send_response(200)
            self.end_headers()
            while block := f.read(4096):
                self.wfile.write(block)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
