# docker build -t crawlers . && docker run -it --rm crawlers
# Installs through ./tutorial, so that there is one list of packages. Works on x86-64 and arm64.
FROM debian:13-slim
WORKDIR /tutorial
COPY . .
RUN ./tutorial setup && rm -rf /var/lib/apt/lists/*
RUN ./tutorial compare --help
CMD ["./tutorial", "compare"]
