import { Hash } from "@smithy/hash-node";
import { HttpRequest } from "@smithy/protocol-http";
import { SignatureV4 } from "@smithy/signature-v4";
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { formatUrl } from "@aws-sdk/util-format-url";
import { Cluster } from "ioredis";

const { CACHE_HOST: host, CACHE_USER: username, CACHE_NAME: cache, AWS_REGION: region } = process.env;

// A token lives 15 minutes, a connection 12 hours.
async function token() {
  const signer = new SignatureV4({ service: "elasticache", region, credentials: defaultProvider(), sha256: Hash.bind(null, "sha256") });
  const query = { Action: "connect", User: username, ResourceType: "ServerlessCache" };
  const request = new HttpRequest({ method: "GET", protocol: "https:", hostname: cache, path: "/", query, headers: { host: cache } });
  return formatUrl(await signer.presign(request, { expiresIn: 900 })).replace("https://", "");
}

const redis = new Cluster([{ host, port: 6379 }], {
  dnsLookup: (address, callback) => callback(null, address),
  redisOptions: { tls: {}, username, password: await token() },
});

export async function getOrLoad(key, ttlSeconds, load) {
  const hit = await redis.get(key);
  if (hit !== null) return hit;
  const value = await load(key);
  await redis.set(key, value, "EX", ttlSeconds); // without an expiry a key is never evicted
  return value;
}
