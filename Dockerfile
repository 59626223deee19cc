# Build: everything from the lock file, compiled and packed as for the npm registry.
FROM node:20-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
COPY packages/openflow-codec/package.json packages/openflow-codec/
COPY packages/ovsdb-client-ts/package.json packages/ovsdb-client-ts/
RUN npm ci --ignore-scripts
COPY . .
RUN mkdir /packed /app \
 && npm pack --workspaces --include-workspace-root --pack-destination /packed \
 && npm prune --omit=dev --ignore-scripts \
 && rm node_modules/openflow-codec node_modules/ovsdb-client-ts \
 && tar -xzf /packed/tenantflow-*.tgz -C /app --strip-components=1 \
 && mv node_modules /app/ \
 && for package in openflow-codec ovsdb-client-ts; do \
      mkdir /app/node_modules/$package \
      && tar -xzf /packed/$package-*.tgz -C /app/node_modules/$package --strip-components=1 || exit 1; \
    done

# Run: compiled code and its dependencies, as a user without rights.
FROM node:20-bookworm-slim
ENV NODE_ENV=production \
    TENANTFLOW_DATA_DIR=/data \
    TENANTFLOW_METRICS=127.0.0.1:9697
COPY --from=build /app /app
RUN ln -s /app/bin/tenantflow /usr/local/bin/tenantflow && mkdir /data && chown node:node /data
USER node
WORKDIR /data
VOLUME /data
EXPOSE 6653 6640 9696 9697
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD \
  ["node", "-e", "fetch(`http://${process.env.TENANTFLOW_METRICS}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tenantflow"]
CMD ["serve"]
