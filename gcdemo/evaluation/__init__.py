"""Measuring: distances between pictures and quality reports."""
