"""Event coding: from sentences to who did what to whom, where, when, how many, and who says so.

Data flow over offsets, one small pure module per step (docs/coding.md): tokens -> groups -> clauses -> match, then
actors, casualties, dates, where, attribution, modality and background for each candidate.
"""
