# HomePBP's boot server in a container: HTTP and TFTP over an existing dist/. compose.yaml runs it.
# The digest is that of the image for all platforms. Change it together with the version.
FROM node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6

# iproute2: the guard asks it which machine is behind an IPv6 address.
# setcap: port 69 needs this one right, and who runs here is not root.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends iproute2 libcap2-bin \
  && rm -rf /var/lib/apt/lists/* \
  && setcap cap_net_bind_service=+ep "$(command -v node)"

WORKDIR /opt/homepbp
COPY package.json package-lock.json ./
# The image's own Node.js has the right; the pinned one would not.
RUN npm ci --omit=dev --ignore-scripts && rm -r node_modules/node-linux-*
COPY . .

ENTRYPOINT ["/opt/homepbp/homepbp", "serve"]
