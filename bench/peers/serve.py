"""The other end of `bench.worker`: a line of JSON in for each job, a line of JSON out for each answer."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping

Answer = dict[str, float]


def serve(jobs: Mapping[str, Callable[..., Answer]]) -> None:
    """Answer until the input ends. What a library prints goes to standard error, so that it is never an answer."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    print(json.dumps({}), file=answers, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        answer = jobs[asked.pop("job")](**asked)
        print(json.dumps(answer), file=answers, flush=True)
