# syntax=docker/dockerfile:1
# The server for the CPU. The same steps as on any machine: scripts/setup.sh,
# then a preset; the second stage holds only what runs.
#
#   docker build -t deepvision-server .
#   docker run -p 127.0.0.1:50051:50051 -v ./projects:/data/projects:ro deepvision-server --insecure
FROM debian:12-slim AS build
WORKDIR /src
ENV DEEPVISION_CACHE=/opt/deepvision
# First what changes rarely, so that its layer is kept.
COPY scripts/setup.sh scripts/lib.sh scripts/libtorch-cpu.lock scripts/
RUN scripts/setup.sh --server-only
COPY . .
RUN cmake --preset release -DDEEPVISION_BUILD_TESTS=OFF -DDEEPVISION_BUILD_BENCHMARKS=OFF \
      -DCMAKE_INSTALL_PREFIX=/opt/deepvision-server \
 && cmake --build --preset release --target deepvision_server \
 && cmake --install build/release --component server

FROM debian:12-slim
# The libraries that the server loads, by the names of the distribution.
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      libgrpc++1.51 libprotobuf32 libopencv-imgproc406 libopencv-core406 libhwy1 libisal2 \
      libprometheus-cpp-core1.0 libprometheus-cpp-pull1.0 \
      libjpeg62-turbo libpng16-16 libwebp7 libwebpdemux2 libssl3 libspdlog1.10 libzip4 libsqlite3-0 zlib1g \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin deepvision
COPY --from=build /opt/deepvision-server /opt/deepvision-server
USER 10001
WORKDIR /data
EXPOSE 50051
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["/opt/deepvision-server/bin/deepvision_server", "--healthcheck", "--listen=127.0.0.1:50051"]
# Inside the container every interface; outside, what is published. So the server
# wants to be told who keeps strangers out, in the arguments of `docker run`: TLS
# and tokens, or --insecure when only the own machine reaches what is published
# (see docker-compose.yml and docs/operations.md).
ENTRYPOINT ["/opt/deepvision-server/bin/deepvision_server", "--listen=0.0.0.0:50051", \
            "--projects=/data/projects", "--datasets=/data/datasets"]
