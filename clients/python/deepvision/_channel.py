"""How a server is reached: in plain text or over TLS, with or without a token."""

import dataclasses
import pathlib

import grpc

from deepvision.errors import invalid_input


@dataclasses.dataclass(frozen=True)
class Door:
    """What a server wants to see of its clients.

    ca: file with the authorities that the server's certificate is of; None:
        plain text.
    certificate, key: files with the client's own certificate, for servers that
        ask for one.
    token: text of a bearer token.
    """

    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
    token: str | None = dataclasses.field(default=None, repr=False)

    def open(self, target, options=()):
        """A channel to the server at `target`."""
        if self.ca is None:
            return grpc.insecure_channel(target, options=list(options))
        credentials = grpc.ssl_channel_credentials(
            _read(self.ca), _read(self.key), _read(self.certificate)
        )
        return grpc.secure_channel(target, credentials, options=list(options))

    def metadata(self):
        """What every call carries."""
        return (("authorization", f"Bearer {self.token}"),) if self.token else ()


def read_token(path):
    """The first token of a file that is written as the server's --token_file."""
    for line in _read(path).decode("utf-8", "replace").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            return line.split()[0]
    raise invalid_input(f"{path} holds no token")


def _read(path):
    if path is None:
        return None
    try:
        return pathlib.Path(path).read_bytes()
    except OSError as error:
        raise invalid_input(f"{path}: {error.strerror}") from error
