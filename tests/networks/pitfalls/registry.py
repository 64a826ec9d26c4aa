"""@pitfall makes a Subject of a module class or of a function that returns one."""

import re

import torch

from calibrate import calibrate_batch_norm, randomise_constant_parameters
from subject import Subject

SUBJECTS = {}


def picture(*shape, seed=3, dtype=torch.float32):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(dtype)


def _snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def pitfall(shape=(1, 3, 16, 16), sizes=((1, 3, 24, 20),), batch=True, branches=None, float64=True,
            dtype=torch.float32, prepared=True, **options):
    """`sizes`: further inputs; `branches`: case -> input for other paths through the code."""

    def register(make):
        name = _snake(make.__name__)

        def subject():
            torch.manual_seed(0)
            model = make()
            if prepared:
                randomise_constant_parameters(model)
                calibrate_batch_norm(model, picture(4, *shape[1:], seed=1))
            model = model.to(dtype).eval()
            inputs = {"other_values": picture(*shape, seed=5, dtype=dtype)}
            for size in sizes:
                inputs["size_" + "x".join(map(str, size))] = picture(*size, seed=6, dtype=dtype)
            if batch:
                inputs["batch_2"] = picture(2, *shape[1:], seed=8, dtype=dtype)
            inputs.update(branches or {})
            copy64 = picture(*shape, dtype=torch.float64) if float64 and dtype == torch.float32 else None
            return Subject(name=name, model=model, example=picture(*shape, dtype=dtype), inputs=inputs,
                           float64=copy64, **options)

        SUBJECTS[name] = subject
        return make

    return register
