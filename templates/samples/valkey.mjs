import { Hash } from "@smithy/hash-node";
import { HttpRequest } from "@smithy/protocol-http";
import { SignatureV4 } from "@smithy/signature-v4";
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { formatUrl } from "@aws-sdk/util-format-url";
import { createCluster } from "redis";

const { CACHE_HOST: host, CACHE_USER: username, CACHE_NAME: cache, AWS_REGION: region } = process.env;

// Asked at every connection: a token lives 15 minutes, a connection 12 hours.
async function credentials() {
  const signer = new SignatureV4({ service: "elasticache", region, credentials: defaultProvider(), sha256: Hash.bind(null, "sha256") });
  const query = { Action: "connect", User: username, ResourceType: "ServerlessCache" };
  const request = new HttpRequest({ method: "GET", protocol: "https:", hostname: cache, path: "/", query, headers: { host: cache } });
  const password = formatUrl(await signer.presign(request, { expiresIn: 900 })).replace("https://", "");
  return { username, password };
}

const redis = createCluster({
  rootNodes: [{ url: `rediss://${host}:6379` }],
  useReplicas: true, // reads go to the reader port too, and may lag behind a write
  defaults: { socket: { tls: true }, credentialsProvider: { type: "async-credentials-provider", credentials } },
});
redis.on("error", (error) => console.error(error.message)); // it connects again by itself
await redis.connect();

export async function getOrLoad(key, ttlSeconds, load) {
  const hit = await redis.get(key);
  if (hit !== null) return hit;
  const value = await load(key);
  if (typeof value !== "string") throw new TypeError("texts only: a hit would come back as another type");
  await redis.set(key, value, { PX: Math.max(1, Math.round(ttlSeconds * 1000)) }); // without an expiry a key is never evicted
  return value;
}
