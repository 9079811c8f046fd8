# SPDX-License-Identifier: BSD-3-Clause
"""A QMP client for tests."""
import json
import socket
import time

SECONDS = 20


class Qmp:
    """One connection, with its events in order of arrival."""

    def __init__(self, path, ready=True):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(SECONDS)
        self.sock.connect(path)
        self.data = b''
        self.events = []
        self.greeting = self.receive()
        if ready:
            self.ask('qmp_capabilities')

    def receive(self):
        """The next message; None when the server has closed."""
        while b'\n' not in self.data:
            more = self.sock.recv(65536)
            if not more:
                return None
            self.data += more
        line, self.data = self.data.split(b'\n', 1)
        return json.loads(line)

    def answer(self):
        """The next message that is no event."""
        while True:
            message = self.receive()
            if message is None or 'event' not in message:
                return message
            self.events.append(message)

    def send(self, data):
        self.sock.sendall(data if isinstance(data, bytes) else data.encode())

    def raw(self, data):
        """The answer to bytes as they are."""
        self.send(data)
        return self.answer()

    def message(self, command, **arguments):
        """The whole answer to a command; '_' in names of arguments is '-'."""
        text = {'execute': command}
        if arguments:
            text['arguments'] = {k.replace('_', '-'): v for k, v in arguments.items()}
        return self.raw(json.dumps(text) + '\n')

    def ask(self, command, **arguments):
        """What a command returns; an error is an exception."""
        answer = self.message(command, **arguments)
        if answer is None or 'return' not in answer:
            raise RuntimeError('%s %s: %s' % (command, arguments, answer))
        return answer['return']

    def human(self, line):
        return self.ask('human-monitor-command', command_line=line).replace('\r', '')

    def event(self, name, seconds=SECONDS):
        """The data of the first event of that name, which is taken out; None: it did not come."""
        end = time.monotonic() + seconds
        while True:
            for i, event in enumerate(self.events):
                if event['event'] == name:
                    return self.events.pop(i).get('data', {})
            left = end - time.monotonic()
            if left <= 0:
                return None
            self.sock.settimeout(left)
            try:
                message = self.receive()
            except socket.timeout:
                return None
            finally:
                self.sock.settimeout(SECONDS)
            if message is None:
                return None
            self.events.append(message)

    def close(self):
        self.sock.close()
