"""check_servers.py echo|http|chat PROGRAM: runs an example server, talks to it as its users do. Exit code 1: failed."""

import concurrent.futures
import contextlib
import http.client
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def running(program: str, ending: tuple[int, str] = (0, "ended\n")) -> Iterator[tuple[str, int]]:
    """The server's address, at a port that the system has chosen. At SIGTERM it ends with this code, and says that."""
    with subprocess.Popen([program, "127.0.0.1:0"], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            line = server.stdout.readline()
            host, port = line.strip().removeprefix("http://").rstrip("/").rsplit(":", 1)
            yield host, int(port)
            server.send_signal(signal.SIGTERM)
            said, _ = server.communicate(timeout=20)
            assert (server.returncode, said) == ending
        finally:
            server.kill()


def check_echo(program: str) -> None:
    with running(program, (-signal.SIGTERM, "")) as (host, port):
        visitors = [socket.create_connection((host, port), timeout=10) for _ in range(30)]
        for number, visitor in enumerate(visitors):
            visitor.sendall(f"visitor {number}\n".encode())
        for number, visitor in enumerate(visitors):
            assert visitor.makefile().readline() == f"visitor {number}\n"
        # One breaks off with much on its way, and the others are served on.
        visitors[0].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        visitors[0].sendall(b"x" * 100_000)
        visitors[0].close()
        visitors[1].sendall(b"and the end")
        visitors[1].shutdown(socket.SHUT_WR)
        assert visitors[1].makefile().read() == "and the end"
        for visitor in visitors[1:]:
            visitor.close()


def check_http(program: str) -> None:
    with running(program) as (host, port):

        def visit(_: int) -> None:
            client = http.client.HTTPConnection(host, port, timeout=10)
            for path, status, body in (("/", 200, b"Hello from mn\n"), ("/x", 404, b"There is only GET /\n")) * 20:
                client.request("GET", path, headers={"X-Padding": "x" * 5000})
                answer = client.getresponse()
                assert (answer.status, answer.read()) == (status, body)
            client.close()

        with concurrent.futures.ThreadPoolExecutor(20) as visitors:
            list(visitors.map(visit, range(40)))

        with socket.create_connection((host, port), timeout=10) as slow:
            for byte in b"GET / HTTP/1.1\r\n\r\nGET /":  # one request and the beginning of another
                slow.sendall(bytes([byte]))
            assert slow.recv(4096).endswith(b"Hello from mn\n")
            slow.sendall(b" HTTP/1.1\r\n\r\n")
            assert slow.recv(4096).endswith(b"Hello from mn\n")
            slow.sendall(b"GET / HT")  # and is gone in the middle
        # What it does not understand is not taken for the next request.
        for asked in (
            b"POST / HTTP/1.1\r\ncontent-length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n",
            b"HEAD / HTTP/1.1\r\n\r\n",
        ):
            with socket.create_connection((host, port), timeout=10) as other:
                other.sendall(asked)
                answer = other.recv(4096)
                assert answer.startswith(b"HTTP/1.1 501 ")
                assert answer.count(b"HTTP/1.1") == 1
                with contextlib.suppress(ConnectionResetError):
                    assert other.recv(4096) == b""
        with socket.create_connection((host, port), timeout=10) as last:
            last.sendall(b"GET / HTTP/1.1\r\nconnection: Close\r\n\r\n")
            assert last.recv(4096).endswith(b"Hello from mn\n")
            assert last.recv(4096) == b""
        with socket.create_connection((host, port), timeout=10) as endless, contextlib.suppress(OSError):
            while True:
                endless.sendall(b"x" * 1000)

        # Between two requests at the end: it is let go of.
        idle = socket.create_connection((host, port), timeout=10)
        idle.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert idle.recv(4096)
    assert idle.recv(1) == b""
    idle.close()


def check_chat(program: str) -> None:
    with running(program) as (host, port):
        guests = [socket.create_connection((host, port), timeout=10) for _ in range(30)]
        hears = [guest.makefile("r", newline="\n") for guest in guests]
        # The first has seen all others come.
        assert {hears[0].readline() for _ in range(29)} == {f"guest {n} comes\n" for n in range(2, 31)}

        def listen(place: int, found: list[str]) -> None:
            while not (line := hears[place].readline()).endswith("goodbye\n"):
                if ": " in line:
                    found.append(line)

        heard: list[list[str]] = [[] for _ in guests]
        ears = [threading.Thread(target=listen, args=(place, heard[place])) for place in range(1, 30)]
        for ear in ears:
            ear.start()
        for number in range(50):
            guests[0].sendall(f"line {number}\n".encode())
            if number % 10 == 9:
                threading.Event().wait(0.01)
        guests[0].sendall(b"half a line, ")
        guests[0].sendall(b"and goodbye\n")
        for ear in ears:
            ear.join(10)
            assert not ear.is_alive()
        assert all(lines == [f"guest 1: line {n}\n" for n in range(50)] for lines in heard[1:])
        guests[29].close()
        hears[29].close()
        assert hears[0].readline() == "guest 30 goes\n"

        # One that never reads is put out, and holds nobody up, nor the end.
        deaf = socket.create_connection((host, port), timeout=10)
        assert hears[0].readline() == "guest 31 comes\n"
        for _ in range(1500):
            guests[1].sendall(b"x" * 4000 + b"\n")
            hears[2].readline()
    for guest in (deaf, *guests[:29]):
        guest.close()


if __name__ == "__main__":
    {"echo": check_echo, "http": check_http, "chat": check_chat}[sys.argv[1]](sys.argv[2])
