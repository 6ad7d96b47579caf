"""A web server with faults, for tests of downloads.

    server.py FOLDER LOG

Serves FOLDER on 127.0.0.1, prints its port, writes one line for each request to LOG ("PATH RANGE-HEADER"), and ends when
its standard input does. The first part of a path chooses the behaviour:

    /ok/NAME               with ranges
    /no-range/NAME         the whole file, whatever range was asked for
    /wrong-range/NAME      another range than asked for, said to be so
    /cut/BYTES/NAME        closes the connection after BYTES; requests with a range are answered in full
    /stall/BYTES/NAME      says nothing more after BYTES; requests with a range are answered in full
    /slow/NAME             begins after 0.3 s, less than the tests' time limit for a stall
    /flaky/NAME            503 to the first request
    /status/CODE           that status
    /endless               never stops, and doesn't say how much there is
    /redirect/NAME         to /ok/NAME, by plain http
"""
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FOLDER, LOG = sys.argv[1:3]
seen = set()


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def do_GET(self):
        asked = self.headers.get("Range", "")
        with open(LOG, "a") as log:
            log.write(f"{self.path} {asked}\n")
        first = self.path not in seen
        seen.add(self.path)
        kind, *rest = self.path.strip("/").split("/")
        if kind == "status":
            return self.send_error(int(rest[0]))
        if kind == "flaky" and first:
            return self.send_error(503)
        if kind == "endless":
            return self.endless()
        if kind == "redirect":
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/ok/{rest[0]}")
            return self.end_headers()
        if kind == "slow":
            time.sleep(0.3)
        with open(os.path.join(FOLDER, rest[-1]), "rb") as file:
            body = file.read()
        begin = int(asked[len("bytes="):-1]) if asked and kind != "no-range" else 0
        if begin >= len(body) and begin > 0:
            return self.send_error(416)
        if kind == "wrong-range" and asked:
            begin = 0
        stop = int(rest[0]) if kind in ("cut", "stall") and not asked else len(body)
        self.answer(body, begin, stop, partial=bool(asked) and kind != "no-range")
        if kind == "stall" and not asked:
            time.sleep(60)

    def answer(self, body, begin, stop, partial):
        self.send_response(206 if partial else 200)
        if partial:
            self.send_header("Content-Range", f"bytes {begin}-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(body) - begin))
        self.end_headers()
        self.wfile.write(body[begin:stop])
        self.wfile.flush()

    def endless(self):
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(bytes(65536))
        except OSError:
            pass  # the client has had enough


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdout.write(f"{server.server_port}\n")
sys.stdout.flush()
sys.stdin.read()
