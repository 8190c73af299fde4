"""What a device cannot do."""


class NotOnDevice(Exception):
    """An op has no form for a device; the message says why."""
