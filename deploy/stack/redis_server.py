"""Redis of the stack: in memory only, on an address and a unix socket of its own."""

import subprocess

from stack.daemon import Daemon


class RedisServer:
    def __init__(self, address: str, folder: str):
        self.address = address
        self.socket = f"{folder}/redis.sock"
        self.daemon = Daemon("redis", [
            "/usr/bin/redis-server", "--bind", address, "--port", "6379", "--unixsocket",
            self.socket, "--unixsocketperm", "777", "--save", "", "--appendonly", "no", "--dir",
            folder, "--daemonize", "no", "--protected-mode", "no"], f"{folder}/redis.log")

    @property
    def url(self) -> str:
        return f"unix:{self.socket}"

    def start(self):
        self.daemon.start()

    def await_ready(self):
        self.daemon.await_ready(f"unix:{self.socket}")

    def command(self, *words: str) -> str:
        """What redis-cli prints for the command."""
        return subprocess.run(["redis-cli", "-s", self.socket, *words], check=True,
                              capture_output=True, text=True, timeout=10).stdout.strip()
