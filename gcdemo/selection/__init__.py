"""Choosing what is kept by clicks, boxes and found objects: Segment Anything, or without it."""
