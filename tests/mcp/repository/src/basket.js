import Redis from "ioredis";

// One connection for all invocations of an instance.
const redis = new Redis({ host: process.env.REDIS_HOST, tls: {} });

export async function handler(event) {
  const key = `basket:${event.requestContext.authorizer.sub}`;
  const cached = await redis.get(key);
  if (cached) return { statusCode: 200, body: cached };
  const basket = JSON.stringify(await load(event));
  await redis.set(key, basket, "EX", 900);
  await redis.incr("basket:misses");
  return { statusCode: 200, body: basket };
}

async function load(event) {
  // Prices the lines of a basket; some hundred milliseconds.
  return { lines: event.lines ?? [] };
}
