import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

const s3 = new S3Client({});
const Bucket = process.env.BUCKET_NAME;

export async function get(Key) {
  try {
    const found = await s3.send(new GetObjectCommand({ Bucket, Key }));
    // Lifecycle expiry works in whole days; shorter ones are checked here. What has no expiry is not ours.
    if (Number(found.Metadata?.expires) > Date.now() / 1000) return await found.Body.transformToByteArray();
    found.Body?.destroy?.();
    return undefined;
  } catch (error) {
    if (error.name === "NoSuchKey") return undefined;
    throw error;
  }
}

export async function put(Key, Body, ttlSeconds) {
  const expires = String(Math.ceil(Date.now() / 1000 + ttlSeconds)); // whole seconds in every language
  await s3.send(new PutObjectCommand({ Bucket, Key, Body, Metadata: { expires } }));
}
