"""What may be asked of a trained model beyond its predictions; one file a question.

A question is a small frozen value that a worker process can be sent. It has a ``kind``
(the store's folder of its answers), a ``key`` there, ``check(trainer)``, which raises
InputError before anything is trained where it cannot be answered,
``answer(trainer, run, data)``, which returns ``Maps`` or named arrays, and ``needed``:
whether a profile leaves out a run that the store has no answer of. The same model and
data give the same answer: what is random is drawn from the run alone.
"""
