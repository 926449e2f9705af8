import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";

const db = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const TableName = process.env.TABLE_NAME;

export async function get(pk) {
  const { Item } = await db.send(new GetCommand({ TableName, Key: { pk } }));
  // Deletion lags behind expiry by up to a few days; what has no expiry is not ours.
  return Item?.expires_at > Date.now() / 1000 ? Item.value : undefined;
}

export async function put(pk, value, ttlSeconds) {
  const expires_at = Math.ceil(Date.now() / 1000 + ttlSeconds); // whole seconds, as time to live wants them
  await db.send(new PutCommand({ TableName, Item: { pk, value, expires_at } }));
}
