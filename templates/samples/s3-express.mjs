import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

const s3 = new S3Client({});
const Bucket = process.env.BUCKET_NAME; // output BucketName

export async function get(Key) {
  try {
    const found = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return Number(found.Metadata.expires) > Date.now() ? found.Body.transformToByteArray() : undefined;
  } catch (error) {
    if (error.name === "NoSuchKey") return undefined;
    throw error;
  }
}

export async function put(Key, Body, ttlSeconds) {
  const expires = String(Date.now() + ttlSeconds * 1000);
  await s3.send(new PutObjectCommand({ Bucket, Key, Body, Metadata: { expires } }));
}
