"""The large set: torchvision's architectures with random, calibrated weights."""

import torch
import torchvision

from calibrate import calibrate_batch_norm, randomise_constant_parameters
from subject import Subject

_SEGMENTATION = ("fcn_resnet50", "deeplabv3_resnet50", "deeplabv3_mobilenet_v3_large", "lraspp_mobilenet_v3_large")
_AUXILIARY = ("googlenet", "inception_v3")

# name -> spatial size of the example
_SIZES = {
    "resnet18": 224, "resnet50": 224, "vgg16": 224, "vgg11_bn": 224, "alexnet": 224, "densenet121": 224,
    "googlenet": 224, "inception_v3": 299, "mobilenet_v2": 224, "mobilenet_v3_small": 224,
    "efficientnet_b0": 224, "efficientnet_v2_s": 224, "shufflenet_v2_x1_0": 224, "squeezenet1_0": 224,
    "mnasnet1_0": 224, "regnet_y_400mf": 224, "regnet_x_400mf": 224, "resnext50_32x4d": 224,
    "wide_resnet50_2": 224, "convnext_tiny": 224, "vit_b_16": 224, "swin_t": 224, "swin_v2_t": 224,
    "maxvit_t": 224, "fcn_resnet50": 224, "deeplabv3_resnet50": 224, "deeplabv3_mobilenet_v3_large": 224,
    "lraspp_mobilenet_v3_large": 224,
}
NAMES = tuple(_SIZES)


def _module(name):
    if name in _SEGMENTATION:
        return getattr(torchvision.models.segmentation, name)(weights=None, weights_backbone=None)
    if name in _AUXILIARY:
        return getattr(torchvision.models, name)(weights=None, init_weights=False, aux_logits=True)
    return getattr(torchvision.models, name)(weights=None)


def _only_fixed_size(name):
    return name.startswith(("vit", "maxvit"))


def subject(name):
    torch.manual_seed(0)
    size = _SIZES[name]
    model = _module(name)
    randomise_constant_parameters(model)
    torch.manual_seed(1)
    calibrate_batch_norm(model, torch.randn(2, 3, size, size))
    model.eval()
    inputs = {"other_values": torch.randn(1, 3, size, size)}
    if not _only_fixed_size(name):
        inputs["smaller"] = torch.randn(1, 3, 160, 192)
        inputs["odd"] = torch.randn(1, 3, 241, 233)
    inputs["batch_2"] = torch.randn(2, 3, size, size)
    small = size if _only_fixed_size(name) else 128
    return Subject(name=name, model=model, example=torch.randn(1, 3, size, size), inputs=inputs,
                   float64=torch.randn(1, 3, small, small, dtype=torch.float64), large=True)
