"""ShareLink: copies the address that reopens what is shown."""

from gcdemo.ui.component import Component


class ShareLink(Component):
    """Its value is the address from its question mark on; empty where nothing can be reopened."""

    part = "share_link"
