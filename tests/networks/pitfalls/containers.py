"""Tuples, lists, dicts and the modules that hold modules."""

from collections import OrderedDict
from typing import Dict, List, NamedTuple, Tuple

import torch
from torch import nn

from pitfalls.registry import pitfall


class _Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList([nn.Conv2d(c, c + 2, 3, stride=2, padding=1) for c in (3, 5, 7)])

    def forward(self, x) -> List[torch.Tensor]:
        features = [x]
        for stage in self.stages:
            features.append(torch.relu(stage(features[-1])))
        return features


@pitfall()
class EncoderWithSkips(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = _Encoder()
        self.up = nn.ConvTranspose2d(9, 7, 2, stride=2)
        self.tail = nn.Conv2d(14, 4, 1)

    def forward(self, x):
        features = self.encoder(x)
        y = self.up(features[-1])[:, :, :features[2].size(2), :features[2].size(3)]
        return self.tail(torch.cat([y, features[2]], 1))


@pitfall()
class TupleOutput(nn.Module):
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Conv2d(3, 4, 1)
            self.b = nn.Conv2d(3, 4, 3, padding=1)

        def forward(self, x):
            return self.a(x), self.b(x)

    def __init__(self):
        super().__init__()
        self.two = self.Two()

    def forward(self, x):
        a, b = self.two(x)
        return (a + b).tanh(), a - b


@pitfall()
class SwappedTuple(nn.Module):
    """Both elements are used, in another order than they were made."""

    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Conv2d(3, 4, 1)
            self.b = nn.Conv2d(3, 4, 3, padding=1)

        def forward(self, x):
            late = self.a(x)
            early = self.b(torch.relu(late[:, :3]))
            return early, late

    def __init__(self):
        super().__init__()
        self.two = self.Two()

    def forward(self, x):
        early, late = self.two(x)
        return late * 2.0 + early


@pitfall()
class DictOutput(nn.Module):
    def __init__(self):
        super().__init__()
        self.low = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.high = nn.Conv2d(4, 6, 3, stride=2, padding=1)

    def forward(self, x) -> Dict[str, torch.Tensor]:
        low = self.low(x).tanh()
        return {"low": low, "high": self.high(low)}


@pitfall()
class DictInside(nn.Module):
    class Pyramid(nn.Module):
        def __init__(self):
            super().__init__()
            self.lo = nn.Conv2d(3, 4, 3, stride=2, padding=1)
            self.hi = nn.Conv2d(3, 4, 1)

        def forward(self, x) -> Dict[str, torch.Tensor]:
            features: Dict[str, torch.Tensor] = {}
            features["lo"] = self.lo(x)
            features["hi"] = self.hi(x).tanh()
            return features

    def __init__(self):
        super().__init__()
        self.a = self.Pyramid()
        self.tail = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        features = self.a(x)
        total = self.tail(features["hi"])
        for value in features.values():
            total = total + value.square().mean()
        return total * len(features)


@pitfall()
class NestedOutput(nn.Module):
    class Inner(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3, padding=1)

        def forward(self, x) -> Tuple[torch.Tensor, Tuple[torch.Tensor, torch.Tensor]]:
            y = self.conv(x)
            return y, (torch.relu(y), y.mean(dim=1))

    def __init__(self):
        super().__init__()
        self.inner = self.Inner()

    def forward(self, x) -> Tuple[torch.Tensor, List[torch.Tensor]]:
        y, (positive, mean) = self.inner(x)
        return y + positive, [mean, positive.mean(dim=1) - mean]


class _Result(NamedTuple):
    logits: torch.Tensor
    features: torch.Tensor


@pitfall()
class NamedTupleOutput(nn.Module):
    class Head(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3, padding=1)
            self.linear = nn.Linear(4, 5)

        def forward(self, x) -> _Result:
            y = self.conv(x).tanh()
            return _Result(self.linear(y.mean(dim=[2, 3])), y)

    def __init__(self):
        super().__init__()
        self.head = self.Head()

    def forward(self, x):
        result = self.head(x)
        return result.logits + result.features.mean()


@pitfall()
class NestedContainers(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(OrderedDict(
            first=nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU()),
            second=nn.Sequential(OrderedDict(conv=nn.Conv2d(4, 4, 1), act=nn.Tanh()))))
        self.heads = nn.ModuleDict({"mask": nn.Conv2d(4, 1, 1), "classes": nn.Conv2d(4, 5, 1)})

    def forward(self, x):
        x = self.body(x)
        results = []
        for head in self.heads.values():
            results.append(head(x))
        return torch.cat(results, 1)


@pitfall()
class ModuleDictByName(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleDict({"a_1": nn.Conv2d(3, 4, 1), "b_1": nn.Conv2d(4, 4, 3, padding=1)})

    def forward(self, x):
        for name, layer in self.layers.items():
            x = layer(x)
            if name.startswith("a"):
                x = torch.relu(x)
        return x


@pitfall()
class ListAppendAndCat(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv2d(c, 4, 3, padding=1) for c in (3, 7, 11)])

    def forward(self, x):
        features = [x]
        for layer in self.layers:
            features.append(torch.tanh(layer(torch.cat(features, 1))))
        features.pop(0)
        features.insert(0, features[-1] * 2.0)
        features.reverse()
        features[0] = features[0] + 1.0
        return torch.cat(features[:-1], 1)


@pitfall()
class ListOfListsInside(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        y = self.conv(x).tanh()
        grid: List[List[torch.Tensor]] = []
        for i in range(2):
            row: List[torch.Tensor] = []
            for j in range(2):
                row.append(y[:, 2 * i + j])
            grid.append(row)
        return torch.cat([torch.stack(row, 1) for row in grid], 1) * len(grid)


@pitfall()
class ChunkSplitUnbind(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 12, 3, padding=1)
        self.a = nn.Conv2d(6, 3, 1)
        self.b = nn.Conv2d(6, 3, 1)

    def forward(self, x):
        left, right = self.conv(x).chunk(2, dim=1)
        parts = torch.split(self.a(left) * self.b(right), [1, 2], dim=1)
        rows = parts[1].unbind(1)
        return parts[0].squeeze(1) + rows[0] - rows[1]


# A trace keeps no operator whose result nobody uses.
@pitfall(optional=("side",))
class UnusedResult(nn.Module):
    """A module whose result nobody uses still has a value in eager mode."""

    def __init__(self):
        super().__init__()
        self.main = nn.Conv2d(3, 4, 3, padding=1)
        self.side = nn.Conv2d(3, 2, 1)

    def forward(self, x):
        side = self.side(x)
        result = [self.main(x).tanh(), side]
        return result[0]


@pitfall()
class ModuleReturnsInput(nn.Module):
    """Identity modules: alone, in a chain, empty, and inactive drop-out."""

    def __init__(self):
        super().__init__()
        self.identity = nn.Identity()
        self.empty = nn.Sequential()
        self.chain = nn.Sequential(nn.Identity(), nn.Identity())
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.dropout = nn.Dropout(0.5)
        self.spatial = nn.Dropout2d(0.5)

    def forward(self, x):
        y = self.dropout(self.conv(self.chain(self.empty(self.identity(x)))))
        return self.spatial(y) + y.tanh()


@pitfall()
class ModuleReturnsTupleWithInput(nn.Module):
    class Pair(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 1)

        def forward(self, x):
            return x, self.conv(x)

    def __init__(self):
        super().__init__()
        self.first = self.Pair()
        self.second = self.Pair()

    def forward(self, x):
        x, y = self.first(x)
        y, z = self.second(y)
        return x + y * z


@pitfall(kinds=("trace",))
class InnerTensorUsedOutside(nn.Module):
    """The trace of `block` returns more than the module does."""

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3, padding=1)
            self.dropout = nn.Dropout(0.3)
            self.kept = []

        def forward(self, x):
            inner = self.conv(x)
            self.kept.append(inner)
            return self.dropout(torch.relu(inner))

    def __init__(self):
        super().__init__()
        self.block = self.Block()

    def forward(self, x):
        y = self.block(x)
        return y * 2.0 + self.block.kept.pop()


@pitfall()
class SequentialOfTuples(nn.Module):
    class Head(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 1)

        def forward(self, x):
            return self.conv(x).tanh(), x

    class Tail(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(4, 3, 1)

        def forward(self, pair: Tuple[torch.Tensor, torch.Tensor]):
            return self.conv(pair[0]) + pair[1]

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(self.Head(), self.Tail())

    def forward(self, x):
        return self.body(x)


@pitfall()
class ModuleWithTwoArguments(nn.Module):
    """Sub-modules with several arguments, keywords and defaults."""

    class Mix(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(4, 4, 1)

        def forward(self, a, b, weight: float = 0.5, flip: bool = False):
            y = a * weight + b * (1.0 - weight)
            if flip:
                y = y.flip(3)
            return self.conv(y)

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 4, 1)
        self.b = nn.Conv2d(3, 4, 3, padding=1)
        self.mix = self.Mix()

    def forward(self, x):
        a, b = self.a(x), self.b(x).tanh()
        return self.mix(a, b) + self.mix(b, a, weight=0.25, flip=True)
