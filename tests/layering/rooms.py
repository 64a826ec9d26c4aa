"""Who may include what: the arrows of ARCHITECTURE.md as data.

A room is a folder of `core` or `server`. It may include itself, the rooms named
here and whatever those may include. `server/main` stands for the files directly
in `server`.
"""

ROOMS = {
    "core/api": [],
    "core/base": ["core/api"],
    "core/store": ["core/base"],
    "core/device": ["core/base"],
    "core/graph": ["core/device"],
    "core/image": ["core/base"],
    "core/dataset": ["core/base"],
    "core/input": ["core/dataset", "core/image", "core/device"],
    "core/loader": ["core/graph", "core/input"],
    "core/activation": ["core/graph", "core/input"],
    "core/visualization": ["core/graph", "core/input"],
    "core/engine": ["core/loader", "core/activation", "core/visualization", "core/store"],
    "server/convert": ["core/api", "core/base"],
    "server/auth": ["core/api", "core/base"],
    "server/call": ["server/convert"],
    "server/stream": ["server/call"],
    "server/metrics": ["server/stream", "server/auth"],
    "server/rpc": ["server/stream", "server/auth"],
    "server/config": ["server/rpc"],
    "server/lifecycle": ["server/rpc"],
    "server/main": ["server/lifecycle", "server/config", "server/metrics", "core/engine"],
}

# Folders whose files the table above does not describe: they may include any
# room, and the library rules below hold for them where they say so.
OUTSIDE = ["tests", "benchmarks", "projects", "datasets"]

# (what is included, where it may be, why). The first column is matched against
# the beginning of the included path, the second against that of the file's; a
# file is in order when any of its places matches.
LIBRARIES = [
    (("torch/torch.h", "torch/all.h", "torch/extension.h", "ATen/ATen.h", "ATen/Functions.h"), (),
     "costs 20 s and 1.4 GB per file: include the header of the operator (ATen/ops/…)"),
    (("torch/script.h",), ("core/loader/",),
     "costs 20 s and 1.4 GB per file: include torch/csrc/jit/… for what is used"),
    (("torch/csrc/jit/",), ("core/loader/", *[f"{folder}/" for folder in OUTSIDE]),
     "torch::jit is in maintenance: only core/loader knows it"),
    (("torch/", "ATen/", "c10/", "caffe2/"),
     ("core/device/", "core/graph/", "core/loader/", "core/input/", "core/activation/", "core/visualization/", "core/engine/",
      *[f"{folder}/" for folder in OUTSIDE]),
     "torch stays behind core/device"),
    (("opencv2/", "png.h", "jpeglib.h", "webp/"), ("core/image/", *[f"{folder}/" for folder in OUTSIDE]),
     "codecs stay in core/image"),
    (("sqlite3",), ("core/store/", *[f"{folder}/" for folder in OUTSIDE]),
     "only core/store keeps results on disk"),
    (("cuda", "cuda_runtime", "cublas", "cudnn", "ATen/cuda/", "c10/cuda/"),
     ("core/device/", "core/activation/", "core/input/", *[f"{folder}/" for folder in OUTSIDE]),
     "the server knows no CUDA"),
    (("grpc/", "grpcpp/", "grpc++/"), ("server/", *[f"{folder}/" for folder in OUTSIDE]),
     "core knows no gRPC"),
    (("prometheus/",), ("server/metrics/", *[f"{folder}/" for folder in OUTSIDE]),
     "only server/metrics speaks to Prometheus"),
    (("google/protobuf/", "google/rpc/", "deepvision/"), ("server/", *[f"{folder}/" for folder in OUTSIDE]),
     "core knows no protobuf"),
    (("deepvision/config/",), ("server/config/", *[f"{folder}/" for folder in OUTSIDE]),
     "only server/config reads manifests"),
]

# Headers of these two groups must never meet in one file: the protobuf headers
# of LibTorch's build and the distribution's are of different versions.
NEVER_TOGETHER = (("torch/", "ATen/", "c10/"), ("google/protobuf/", "google/rpc/", "deepvision/v1/", "deepvision/config/", "grpcpp/"))
