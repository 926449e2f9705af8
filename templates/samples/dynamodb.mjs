import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";

const db = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const TableName = process.env.TABLE_NAME; // output TableName
const now = () => Math.floor(Date.now() / 1000);

export async function get(pk) {
  const { Item } = await db.send(new GetCommand({ TableName, Key: { pk } }));
  return Item && Item.expires_at > now() ? Item.value : undefined;
}

export async function put(pk, value, ttlSeconds) {
  await db.send(new PutCommand({ TableName, Item: { pk, value, expires_at: now() + ttlSeconds } }));
}
