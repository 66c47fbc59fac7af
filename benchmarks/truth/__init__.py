"""Is the profile true? Studies whose answer is known, made by the code that users run.

``python -m benchmarks.truth`` trains what it needs into a store and writes results/truth/.
No number here is simulated: every model is trained. (Tests on simulated maps, thousands
of studies each, are part of the test suite.)
"""
