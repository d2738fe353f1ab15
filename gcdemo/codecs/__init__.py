"""Codecs behind one small protocol."""
