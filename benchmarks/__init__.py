"""How fast the house works, against its peers and its limits: ``python -m benchmarks``.

Every part measures both sides in one run, in a process of its own, in turns (A B A B),
and reports ratios with their least and greatest. Nothing here gates a test by time.
"""
