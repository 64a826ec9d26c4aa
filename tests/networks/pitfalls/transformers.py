"""Attention and recurrence: fused kernels, tuples, tokens."""

import torch
import torchvision
from torch import nn

from pitfalls.registry import pitfall


def _vit():
    return torchvision.models.VisionTransformer(image_size=32, patch_size=8, num_layers=2, num_heads=2, hidden_dim=16,
                                                mlp_dim=32, num_classes=7)


@pitfall(shape=(1, 3, 32, 32), sizes=(), kinds=("script", "trace", "trace_without_grad"),
         fused=tuple(f"encoder.layers.encoder_layer_{i}.self_attention" for i in range(2)))
def VisionTransformer():
    return _vit()


@pitfall(shape=(1, 3, 32, 32), sizes=(), kinds=("frozen_script", "frozen_trace"), float64=False)
def FrozenVisionTransformer():
    return _vit()


@pitfall(shape=(1, 3, 32, 32), sizes=((1, 3, 64, 48),))
def ShiftedWindows():
    return torchvision.models.SwinTransformer(patch_size=[2, 2], embed_dim=8, depths=[2, 2], num_heads=[2, 4],
                                              window_size=[4, 4], num_classes=7)


class _Tokens(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.proj = nn.Conv2d(3, width, 4, stride=4)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


@pitfall(kinds=("script", "trace", "trace_without_grad"), fused=("encoder",))
class EncoderLayer(nn.Module):
    """nn.TransformerEncoder has a fused path without a derivative."""

    def __init__(self):
        super().__init__()
        self.tokens = _Tokens()
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=False, activation="gelu")
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        return self.head(self.encoder(self.tokens(x)).mean(dim=1))


@pitfall(kinds=("script", "trace", "trace_without_grad"), fused=("attention",))
class AttentionWithWeights(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = _Tokens()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm = nn.LayerNorm(8)

    def forward(self, x):
        t = self.tokens(x)
        y, weights = self.attention(t, t, t)
        assert weights is not None
        return self.norm(y + t) * weights.square().mean()


@pitfall()
class AttentionWithoutWeights(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = _Tokens()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        t = self.tokens(x)
        return self.attention(t, t, t, need_weights=False)[0] + t


@pitfall()
class ScaledDotProduct(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = _Tokens()
        self.qkv = nn.Linear(8, 24)

    def forward(self, x):
        q, k, v = self.qkv(self.tokens(x)).chunk(3, dim=-1)
        y = torch.nn.functional.scaled_dot_product_attention(q.unsqueeze(1), k.unsqueeze(1), v.unsqueeze(1))
        return y.squeeze(1)


@pitfall()
class ClassTokenAndPositions(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = _Tokens()
        self.cls = nn.Parameter(torch.zeros(1, 1, 8))
        self.positions = nn.Parameter(torch.zeros(1, 17, 8))
        self.norm = nn.LayerNorm(8)
        self.mix = nn.Linear(8, 8)

    def forward(self, x):
        t = self.tokens(x)
        t = torch.cat([self.cls.expand(t.size(0), -1, -1), t], dim=1) + self.positions
        return self.norm(t + self.mix(t.mean(dim=1, keepdim=True)))[:, 0]


@pitfall()
class LongShortTermMemory(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = _Tokens()
        self.lstm = nn.LSTM(8, 6, num_layers=2, batch_first=True, bidirectional=True)
        self.head = nn.Linear(12, 4)

    def forward(self, x):
        y, (hidden, cell) = self.lstm(self.tokens(x))
        return self.head(y) + hidden.mean() + cell.sum()


@pitfall()
class GatedRecurrentUnit(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = _Tokens()
        self.gru = nn.GRU(8, 6, batch_first=True)

    def forward(self, x):
        y, hidden = self.gru(self.tokens(x))
        return y + hidden.transpose(0, 1)


@pitfall()
class RecurrentCellLoop(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = _Tokens()
        self.cell = nn.LSTMCell(8, 6)

    def forward(self, x):
        t = self.tokens(x)
        h = torch.zeros(t.size(0), 6, dtype=t.dtype)
        c = torch.zeros(t.size(0), 6, dtype=t.dtype)
        for i in range(t.size(1)):
            h, c = self.cell(t[:, i], (h, c))
        return h + c


@pitfall()
class TransformerDecoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = _Tokens()
        self.queries = nn.Embedding(3, 8)
        self.decoder = nn.TransformerDecoderLayer(8, 2, 16, batch_first=True)

    def forward(self, x):
        memory = self.tokens(x)
        queries = self.queries.weight.unsqueeze(0).repeat(memory.size(0), 1, 1)
        return self.decoder(queries, memory)
