"""Loops over pixels, compiled by Numba when first called and kept on disk.

In a room of their own, since whoever lists the strategies should not wait for Numba.
"""
