"""Planted mistakes: one wrong thing at a time between a judge and a box, and who sees it.

    judge <-> proxy (one mistake at a time) <-> box

The box is untouched: what it sends is changed on its way out, what it reads on its way in (and
signed again, as if the box had misread it).
"""
