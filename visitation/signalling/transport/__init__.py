"""Everything that knows the private names of aiortc, aioice and pylibsrtp."""

from visitation.signalling.transport.connection import BadDescription, Line, MediaConnection
from visitation.signalling.transport.hooks import install
from visitation.signalling.transport.sockets import Address, open_ports

__all__ = ["Address", "BadDescription", "Line", "MediaConnection", "install", "open_ports"]
