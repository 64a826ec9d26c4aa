"""Makes a freshly initialised network behave like a trained one.

Zero-initialised parameters (layer scale, residual gammas, relative position
tables, heads) would hide whole branches, and untouched batch-norm statistics
make activations explode or vanish; both would let a wrong value pass.
"""

import torch


@torch.no_grad()
def randomise_constant_parameters(model):
    for parameter in model.parameters():
        if parameter.numel() < 2 or not parameter.is_floating_point():
            continue
        if parameter.float().std() > 0:
            continue
        constant = parameter.flatten()[0].item()
        if constant == 0 and parameter.dim() > 1:
            fan_in = parameter[0].numel()
            parameter.copy_(torch.randn(parameter.shape) * fan_in**-0.5)
        elif constant == 0:
            parameter.copy_(torch.randn(parameter.shape) * 0.1)
        else:
            scale = constant if abs(constant) > 1e-2 else 0.5
            parameter.copy_(scale * (0.5 + torch.rand(parameter.shape)))


@torch.no_grad()
def calibrate_batch_norm(model, x):
    norms = [m for m in model.modules()
             if isinstance(m, torch.nn.modules.batchnorm._BatchNorm) and m.track_running_stats]
    if not norms:
        return
    kept = [(m, m.momentum) for m in norms]
    for m in norms:
        m.momentum = 1.0
    model.train()
    model(x)
    model.eval()
    for m, momentum in kept:
        m.momentum = momentum
