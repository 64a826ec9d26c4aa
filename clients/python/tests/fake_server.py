"""A small server that plays the real one's part: its messages are made from the
same protos, its network is a residual network whose values are random numbers of
a fixed seed. Tests change its attributes to make it misbehave."""

import fnmatch
import hashlib
import zlib
from concurrent import futures

import grpc
import numpy as np
from fake_messages import abort, end, png
from fake_visualizations import FakeVisualizations
from google.protobuf import duration_pb2
from google.rpc import error_details_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from deepvision._generated.v1 import (
    activation_pb2,
    activation_pb2_grpc,
    common_pb2,
    dataset_pb2,
    dataset_pb2_grpc,
    network_pb2,
    network_pb2_grpc,
    server_pb2,
    server_pb2_grpc,
    visualization_pb2_grpc,
)

CLASSES = [
    "circle",
    "square",
    "triangle",
    "stripes",
    "checks",
    "dots",
    "cross",
    "ring",
    "star",
    "noise",
]

_CHAIN, _INPUT = network_pb2.NODE_KIND_CHAIN, network_pb2.NODE_KIND_INPUT
_PASS, _DERIVED = network_pb2.NODE_KIND_PASS_THROUGH, network_pb2.NODE_KIND_DERIVED

# id, title, head, kind, shape, predecessors, (stage, lane), parameters
_NODES = [
    ("input", "Input", "", _INPUT, (3, 32, 32), [], (0, 0), 0),
    ("relu", "Conv 3×3, 16", "conv2d", _CHAIN, (16, 32, 32), [0], (1, 0), 464),
    ("layer1.0.relu", "Conv 3×3, 16", "conv2d", _CHAIN, (16, 32, 32), [1], (2, 0), 2336),
    ("layer1.0.bn2", "Conv 3×3, 16", "conv2d", _CHAIN, (16, 32, 32), [2], (3, 0), 2336),
    ("layer1.0/pass", "Pass through", "", _PASS, (16, 32, 32), [1], (3, 1), 0),
    ("layer1.0.relu@1", "Add", "add", _CHAIN, (16, 32, 32), [3, 4], (4, 0), 0),
    ("layer2.0.relu", "Conv 3×3, 32, stride 2", "conv2d", _CHAIN, (32, 16, 16), [5], (5, 0), 4672),
    ("layer2.0.bn2", "Conv 3×3, 32", "conv2d", _CHAIN, (32, 16, 16), [6], (6, 0), 9280),
    (
        "layer2.0.downsample.1",
        "Conv 1×1, 32, stride 2",
        "conv2d",
        _CHAIN,
        (32, 16, 16),
        [5],
        (6, 1),
        576,
    ),
    ("layer2.0.relu@1", "Add", "add", _CHAIN, (32, 16, 16), [7, 8], (7, 0), 0),
    ("avgpool", "Average pool", "adaptive_avg_pool2d", _CHAIN, (32, 1, 1), [9], (8, 0), 0),
    ("fc", "Linear, 10", "linear", _CHAIN, (10,), [10], (9, 0), 330),
    ("probabilities", "Softmax", "softmax", _DERIVED, (10,), [11], (10, 0), 0),
]

_GROUPS = [
    ("layer1", "Sequential", "", 2, 5),
    ("layer1.0", "BasicBlock", "layer1", 2, 5),
    ("layer2", "Sequential", "", 6, 9),
    ("layer2.0", "BasicBlock", "layer2", 6, 9),
    ("layer2.0.downsample", "Sequential", "layer2.0", 8, 8),
]


def _kind(shape):
    return common_pb2.DATA_KIND_VECTOR if len(shape) == 1 else common_pb2.DATA_KIND_FEATURE_MAP


def value(layer_id):
    """float32 value of a layer: the same on every call."""
    shape = next(node[4] for node in _NODES if node[0] == layer_id)
    numbers = np.random.default_rng(zlib.crc32(layer_id.encode())).normal(size=shape)
    if layer_id == "probabilities":
        scores = np.exp(value("fc"))
        numbers = scores / scores.sum()
    return np.maximum(numbers, 0).astype("<f4") if "relu" in layer_id else numbers.astype("<f4")


def quantize(v, minimum, maximum):
    return np.clip(255 * (v - minimum) / (maximum - minimum + 1e-6), 0, 255).astype(np.uint8)


class FakeServer(
    network_pb2_grpc.NetworkServiceServicer,
    dataset_pb2_grpc.DatasetServiceServicer,
    activation_pb2_grpc.ActivationServiceServicer,
    server_pb2_grpc.ServerServiceServicer,
    FakeVisualizations,
):
    """In-process; `target` is its address."""

    def __init__(self):
        self.message_bytes = 1 << 20  # payload bytes per message
        self.requests = []
        self.uploads = []  # UploadStart and bytes
        self.metadata = []
        self.omit_trailer = False
        self.damage = lambda response: response  # changes messages of StreamActivations
        self.extra_layers = {}  # id -> array, sent after the others
        self.cancelled = futures.Future()
        self.health = health.HealthServicer()
        self._server = grpc.server(futures.ThreadPoolExecutor(8))
        network_pb2_grpc.add_NetworkServiceServicer_to_server(self, self._server)
        dataset_pb2_grpc.add_DatasetServiceServicer_to_server(self, self._server)
        activation_pb2_grpc.add_ActivationServiceServicer_to_server(self, self._server)
        server_pb2_grpc.add_ServerServiceServicer_to_server(self, self._server)
        visualization_pb2_grpc.add_VisualizationServiceServicer_to_server(self, self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self.health, self._server)
        self.health.set("", health_pb2.HealthCheckResponse.SERVING)
        self.target = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def kill(self):
        """Ends all calls at once, from within one."""
        self._server.stop(None)

    def stop(self):
        self._server.stop(None).wait()

    # NetworkService

    def ListNetworks(self, request, context):
        self._note(request, context)
        page = int(request.page_token or 0)
        return network_pb2.ListNetworksResponse(
            networks=[
                self._network()
                if page == 0
                else network_pb2.Network(
                    id="broken",
                    state=network_pb2.NETWORK_STATE_FAILED,
                    failure="the file is truncated",
                )
            ],
            next_page_token="1" if page == 0 else "",
        )

    def GetNetwork(self, request, context):
        self._check_network(request, context)
        return network_pb2.GetNetworkResponse(network=self._network())

    def ListClasses(self, request, context):
        self._check_network(request, context)
        return network_pb2.ListClassesResponse(names=CLASSES)

    def StreamTopology(self, request, context):
        self._check_network(request, context)
        nodes = [self._node(i, *n) for i, n in enumerate(_NODES)]
        groups = [
            network_pb2.TopologyGroup(
                path=p,
                module_class=c,
                title=f"{c} {p}",
                parent=parent,
                first_node=first,
                last_node=last,
                repeat_count=1,
            )
            for p, c, parent, first, last in _GROUPS
        ]
        yield network_pb2.StreamTopologyResponse(
            header=network_pb2.TopologyHeader(
                network="resnet",
                network_digest="ab" * 32,
                view=request.view,
                node_count=len(nodes),
                group_count=len(groups),
                stage_count=11,
                lane_count=2,
            )
        )
        yield network_pb2.StreamTopologyResponse(nodes=nodes[:7])
        yield network_pb2.StreamTopologyResponse(nodes=nodes[7:])
        yield network_pb2.StreamTopologyResponse(groups=groups)
        if not self.omit_trailer:
            yield network_pb2.StreamTopologyResponse(
                trailer=common_pb2.StreamTrailer(item_count=len(nodes))
            )

    def StreamHistograms(self, request, context):
        self._check_network(request, context)
        for layer in ("relu", "fc"):
            counts, edges = np.histogram(value(layer), bins=request.bins or 16)
            yield network_pb2.StreamHistogramsResponse(
                histogram=network_pb2.Histogram(
                    layer=layer,
                    parameter=f"{layer}.weight",
                    counts=counts,
                    edges=edges,
                    centres=(edges[1:] + edges[:-1]) / 2,
                )
            )
        if not self.omit_trailer:
            yield network_pb2.StreamHistogramsResponse(
                trailer=common_pb2.StreamTrailer(item_count=2)
            )

    def StreamWeights(self, request, context):
        self._check_network(request, context)
        data = np.arange(24, dtype="<f4").tobytes()
        yield network_pb2.StreamWeightsResponse(
            tensor=network_pb2.WeightTensor(
                name="fc.weight",
                argument="weight",
                shape=[4, 6],
                dtype="float32",
                byte_count=len(data),
            ),
            data=data,
            end=end(data),
        )
        yield network_pb2.StreamWeightsResponse(
            trailer=common_pb2.StreamTrailer(item_count=1, byte_count=len(data))
        )

    # ActivationService

    def StreamActivations(self, request, context):
        self._check_network(request, context)
        context.add_callback(lambda: self.cancelled.done() or self.cancelled.set_result(True))
        for response in self._activation_messages(request, context):
            yield self.damage(response)

    def LiveActivations(self, requests, context):
        """Answers every frame; one whose input is `zeros` fails."""
        context.add_callback(lambda: self.cancelled.done() or self.cancelled.set_result(True))
        configuration, number, answered, sent = None, 0, 0, 0
        for request in requests:
            self._note(request, context)
            if request.HasField("configuration"):
                configuration, number = request.configuration, number + 1
                self._check_network(configuration, context)
                yield self._live_header(configuration, number)
                continue
            answered += 1
            for response in self._live_messages(request.frame, configuration, number):
                sent += len(response.data)
                yield self.damage(response)
        if not self.omit_trailer:
            yield activation_pb2.LiveActivationsResponse(
                trailer=activation_pb2.LiveTrailer(answered_frames=answered, byte_count=sent)
            )

    @staticmethod
    def _live_header(configuration, number):
        return activation_pb2.LiveActivationsResponse(
            header=activation_pb2.LiveHeader(
                configuration=number, network=configuration.network, network_digest="ab" * 32
            )
        )

    def _live_messages(self, frame, configuration, number):
        response = activation_pb2.LiveActivationsResponse
        echo = {"frame_id": frame.frame_id, "client_timestamp": frame.client_timestamp}
        yield response(frame_begin=activation_pb2.LiveFrameBegin(configuration=number, **echo))
        frame_end = activation_pb2.LiveFrameEnd(
            compute_time=duration_pb2.Duration(nanos=3_200_000), **echo
        )
        if frame.input.zeros:
            frame_end.error.code, frame_end.error.reason = 3, "INVALID_FIELD"
            frame_end.error.message = "frame.input: zeros are refused here"
        else:
            for selection in configuration.layers:
                layer_id = selection.pattern
                meta, data = self._encode(layer_id, value(layer_id), configuration)
                yield response(layer=meta)  # three messages, as for a large layer
                yield response(data=data)
                yield response(end=end(data))
            if configuration.include.prediction:
                yield response(prediction=self._prediction(10))
        yield response(frame_end=frame_end)

    def Classify(self, request, context):
        self._check_network(request, context)
        return activation_pb2.ClassifyResponse(
            prediction=self._prediction(request.top_k or 10),
            network_digest="ab" * 32,
            produced_by=common_pb2.ProducedBy(device="cpu", build="test", threads=1),
            compute_time=duration_pb2.Duration(nanos=3_200_000),
        )

    # DatasetService

    def ListDatasets(self, request, context):
        return dataset_pb2.ListDatasetsResponse(
            datasets=[
                dataset_pb2.Dataset(
                    id="shapes", title="Shapes", image_count=20, class_names=CLASSES
                )
            ]
        )

    def ListNoiseGenerators(self, request, context):
        return dataset_pb2.ListNoiseGeneratorsResponse(
            generators=[
                dataset_pb2.NoiseGenerator(
                    id="gaussian", title="Gaussian noise", height=96, width=96
                )
            ]
        )

    def StreamImages(self, request, context):
        self._note(request, context)
        sent = 0
        for index in request.indices.indices or range(3):
            data = png(picture(index))
            sent += len(data)
            meta = dataset_pb2.Image(
                index=index,
                width=32,
                height=32,
                label=index % 10,
                class_name=CLASSES[index % 10],
                byte_count=len(data),
                encoding=dataset_pb2.IMAGE_ENCODING_PNG,
            )
            yield dataset_pb2.StreamImagesResponse(image=meta)
            yield dataset_pb2.StreamImagesResponse(data=data[:10])
            yield dataset_pb2.StreamImagesResponse(data=data[10:], end=end(data))
        yield dataset_pb2.StreamImagesResponse(
            trailer=common_pb2.StreamTrailer(
                item_count=len(request.indices.indices) or 3, byte_count=sent
            )
        )

    def StreamInput(self, request, context):
        self._note(request, context)
        response = dataset_pb2.StreamInputResponse()
        if request.form == dataset_pb2.INPUT_FORM_TENSOR:
            data = value("input").tobytes()
            response.tensor.CopyFrom(
                dataset_pb2.TensorMeta(shape=(3, 32, 32), byte_count=len(data))
            )
        else:
            data = png(picture(0))
            response.image.CopyFrom(
                dataset_pb2.Image(
                    width=32,
                    height=32,
                    encoding=dataset_pb2.IMAGE_ENCODING_PNG,
                    byte_count=len(data),
                )
            )
        response.data = data
        response.end.CopyFrom(end(data))
        yield response
        yield dataset_pb2.StreamInputResponse(
            trailer=common_pb2.StreamTrailer(item_count=1, byte_count=len(data))
        )

    def UploadInput(self, requests, context):
        self.metadata.append(dict(context.invocation_metadata()))
        start = next(requests).start
        data = b"".join(request.data for request in requests)
        self.uploads.append((start, data))
        if len(data) != start.byte_count:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "data: too few bytes")
        return dataset_pb2.UploadInputResponse(input_digest=hashlib.sha256(data).hexdigest())

    # ServerService

    def GetServerInfo(self, request, context):
        return server_pb2.GetServerInfoResponse(
            version="0.1.0",
            libtorch_version="2.11.0",
            uptime=duration_pb2.Duration(seconds=75),
            devices=[server_pb2.Device(name="cpu", threads=2, memory_bytes=8 << 30)],
            numerics=[common_pb2.NUMERICS_EXACT],
            limits=server_pb2.Limits(
                max_request_bytes=16 << 20,
                max_image_pixels=50_000_000,
                max_message_bytes=1 << 20,
                max_queued_requests=64,
            ),
        )

    # Parts of answers.

    def _note(self, request, context):
        self.requests.append(request)
        self.metadata.append(dict(context.invocation_metadata()))

    def _check_network(self, request, context):
        self._note(request, context)
        if request.network != "resnet":
            abort(
                context,
                grpc.StatusCode.NOT_FOUND,
                f'network "{request.network}": no such network; did you mean "resnet"?',
                "NETWORK_NOT_FOUND",
                {"network": request.network, "nearest": "resnet"},
            )

    @staticmethod
    def _network():
        return network_pb2.Network(
            id="resnet",
            title="A small ResNet",
            state=network_pb2.NETWORK_STATE_READY,
            task=network_pb2.TASK_CLASSIFICATION,
            layer_count=12,
            channel_count=247,
            parameter_count=19994,
            device="cpu",
            digest="ab" * 32,
            class_count=10,
            input=network_pb2.InputSpec(channels=3, height=32, width=32),
        )

    @staticmethod
    def _node(index, id, title, head, kind, shape, predecessors, position, parameters):
        role = {
            "fc": network_pb2.NODE_ROLE_SCORES,
            "probabilities": network_pb2.NODE_ROLE_PROBABILITIES,
        }
        return network_pb2.TopologyNode(
            index=index,
            id=id,
            title=title,
            head=head,
            kind=kind,
            shape=shape,
            data_kind=_kind(shape),
            predecessors=predecessors,
            parameter_count=parameters,
            has_weights=parameters > 0,
            units_are_classes=id in role,
            role=role.get(id, 0),
            dtype="float32",
            members=["conv1", "bn1", "relu"] if id == "relu" else [id],
            position=network_pb2.NodePosition(stage=position[0], lane=position[1]),
        )

    @staticmethod
    def _prediction(top_k):
        scores, shares = value("fc"), value("probabilities")
        return activation_pb2.Prediction(
            classes=[
                activation_pb2.ClassScore(
                    index=i, name=CLASSES[i], logit=scores[i], probability=shares[i]
                )
                for i in np.argsort(-shares)[:top_k]
            ]
        )

    def _activation_messages(self, request, context):
        ids = [node[0] for node in _NODES]
        patterns = [selection.pattern for selection in request.layers]
        for pattern in patterns:
            if not fnmatch.filter(ids, pattern):
                abort(
                    context,
                    grpc.StatusCode.NOT_FOUND,
                    f'layers: no layer is named "{pattern}"',
                    "LAYER_NOT_FOUND",
                    {"layer": pattern},
                )
        if patterns:
            ids = [i for i in ids if any(fnmatch.fnmatchcase(i, p) for p in patterns)]
        values = {**{i: value(i) for i in ids}, **self.extra_layers}
        yield activation_pb2.StreamActivationsResponse(
            header=activation_pb2.ActivationHeader(
                network="resnet",
                network_digest="ab" * 32,
                input_digest="cd" * 32,
                produced_by=common_pb2.ProducedBy(
                    device="cpu", build="0.1.0 (LibTorch 2.11.0)", threads=2
                ),
                layers=[
                    activation_pb2.ResolvedLayer(id=i, byte_count=v.nbytes)
                    for i, v in values.items()
                ],
            )
        )
        yield activation_pb2.StreamActivationsResponse()  # a heartbeat
        sent = 0
        for layer_id, v in values.items():
            meta, data = self._encode(layer_id, v, request)
            sent += len(data)
            yield from self._messages(meta, data)
            if layer_id == "probabilities" and request.include.prediction:
                yield activation_pb2.StreamActivationsResponse(prediction=self._prediction(10))
        if not self.omit_trailer:
            yield activation_pb2.StreamActivationsResponse(
                trailer=common_pb2.StreamTrailer(item_count=len(values), byte_count=sent)
            )

    def _messages(self, meta, data):
        """One message when the layer fits, else its parts."""
        if len(data) <= self.message_bytes:
            yield activation_pb2.StreamActivationsResponse(layer=meta, data=data, end=end(data))
            return
        yield activation_pb2.StreamActivationsResponse(layer=meta)
        for offset in range(0, len(data), self.message_bytes):
            yield activation_pb2.StreamActivationsResponse(
                data=data[offset : offset + self.message_bytes]
            )
        yield activation_pb2.StreamActivationsResponse(end=end(data))

    @staticmethod
    def _encode(layer_id, v, request):
        encoding = request.defaults.encoding or activation_pb2.ACTIVATION_ENCODING_FLOAT32
        meta = activation_pb2.ActivationLayer(
            id=layer_id, kind=_kind(v.shape), shape=v.shape, full_shape=v.shape, encoding=encoding
        )
        if encoding == activation_pb2.ACTIVATION_ENCODING_FLOAT32:
            data = v.tobytes()
        elif encoding == activation_pb2.ACTIVATION_ENCODING_FLOAT16:
            data = v.astype("<f2").tobytes()
        else:
            codes = _quantized(v, request.defaults.range, meta.quantization)
            if request.layout == activation_pb2.ACTIVATION_LAYOUT_ATLAS and v.ndim == 3:
                codes = _sheets(codes, request, meta.sheet)
            data = codes.tobytes()
            if encoding == activation_pb2.ACTIVATION_ENCODING_PNG:
                parts = (
                    [png(c) for c in codes.reshape(-1, *codes.shape[-2:])]
                    if v.ndim == 3
                    else [png(codes[None])]
                )
                meta.part_bytes.extend(map(len, parts))
                data = b"".join(parts)
        meta.byte_count = len(data)
        return meta, data


def _quantized(v, value_range, quantization):
    axes = tuple(range(1, v.ndim)) if value_range == activation_pb2.VALUE_RANGE_CHANNEL else None
    minimum, maximum = v.min(axes, keepdims=True), v.max(axes, keepdims=True)
    if value_range == activation_pb2.VALUE_RANGE_SYMMETRIC:
        maximum = np.maximum(maximum, -minimum)
        minimum = -maximum
    quantization.range = value_range
    quantization.minimum.extend(minimum.ravel())
    quantization.maximum.extend(maximum.ravel())
    quantization.scale.extend((maximum - minimum + 1e-6).ravel() / 255)
    return quantize(v, minimum, maximum)


def _sheets(codes, request, geometry):
    """Two rows of tiles per sheet, 5 tiles per row."""
    count, height, width = codes.shape
    columns, rows, gutter = 5, 2, request.atlas.gutter
    total = -(-count // (columns * rows))
    sheets = np.zeros(
        (total, rows * (height + gutter) - gutter, columns * (width + gutter) - gutter), np.uint8
    )
    for i, tile in enumerate(codes):
        sheet, place = divmod(i, columns * rows)
        top, left = (place // columns) * (height + gutter), (place % columns) * (width + gutter)
        sheets[sheet, top : top + height, left : left + width] = tile
    geometry.sheet_count, geometry.sheet_height, geometry.sheet_width = sheets.shape
    geometry.columns, geometry.rows, geometry.gutter = columns, rows, gutter
    geometry.tile_width, geometry.tile_height = width, height
    return sheets[:, ::-1] if request.row_order == 2 else sheets


def picture(index):
    """A small RGB picture that depends on `index`."""
    ramp = np.add.outer(np.arange(32), np.arange(32)) * 4
    return np.stack([ramp, np.full_like(ramp, index), 255 - ramp], -1).astype(np.uint8)
