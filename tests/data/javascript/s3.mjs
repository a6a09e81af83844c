// Uses S3 as programs do, with the SDK's defaults: checksums on, bodies as streams. Prints what it saw as JSON.
import { Readable } from "node:stream";
import { createHash } from "node:crypto";
import {
  CreateBucketCommand, DeleteBucketCommand, DeleteObjectsCommand, GetObjectCommand, HeadObjectCommand,
  paginateListObjectsV2, PutObjectCommand, S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

const [endpoint, Bucket] = process.argv.slice(2);
const s3 = new S3Client({ endpoint, forcePathStyle: true });
const seen = { checksums: [] };

function equal(actual, expected, what) {
  if (actual !== expected) throw new Error(`${what}: ${actual} instead of ${expected}`);
}

await s3.send(new CreateBucketCommand({ Bucket }));

for (const ChecksumAlgorithm of ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]) {
  let put;
  try {
    put = await s3.send(new PutObjectCommand({ Bucket, Key: "checked", Body: "hello", ChecksumAlgorithm }));
  } catch (error) {
    // CRC64NVME needs a package of native code.
    if (!/crc64/i.test(String(error))) throw error;
    put = await s3.send(new PutObjectCommand({ Bucket, Key: "checked", Body: "hello", ChecksumCRC64NVME: "M3eFcAZSQlc=" }));
  }
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: "checked", ChecksumMode: "ENABLED" }));
  equal(await got.Body.transformToString(), "hello", ChecksumAlgorithm);
  equal(got[`Checksum${ChecksumAlgorithm}`], put[`Checksum${ChecksumAlgorithm}`], ChecksumAlgorithm);
  if (got[`Checksum${ChecksumAlgorithm}`]) seen.checksums.push(ChecksumAlgorithm);
}

const pieces = Array.from({ length: 3 }, (_, i) => Buffer.alloc(100_000, 97 + i));
await s3.send(new PutObjectCommand({ Bucket, Key: "streamed", Body: Readable.from(pieces), ContentLength: 300_000 }));
const streamed = await (await s3.send(new GetObjectCommand({ Bucket, Key: "streamed" }))).Body.transformToByteArray();
equal(Buffer.compare(Buffer.from(streamed), Buffer.concat(pieces)), 0, "streamed");
seen.streamed = streamed.length;

const big = Buffer.alloc(6 * 1024 * 1024, "0123456789");
await new Upload({ client: s3, params: { Bucket, Key: "big", Body: Readable.from([big]) } }).done();
const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "big", PartNumber: 1 }));
seen.uploadedParts = head.PartsCount;
const back = await (await s3.send(new GetObjectCommand({ Bucket, Key: "big" }))).Body.transformToByteArray();
const sha = (bytes) => createHash("sha256").update(bytes).digest("hex");
equal(sha(back), sha(big), "big");

const target = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key: "a b+c%é" }), { expiresIn: 60 });
const sent = await fetch(target, { method: "PUT", body: "by hand" });
equal(sent.status, 200, await sent.text());
seen.presigned = await (await fetch(await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: "a b+c%é" })))).text();

seen.listed = [];
for await (const page of paginateListObjectsV2({ client: s3, pageSize: 2 }, { Bucket })) {
  seen.listed.push(...(page.Contents ?? []).map((object) => object.Key));
}
seen.missing = await s3.send(new GetObjectCommand({ Bucket, Key: "nothing" })).catch((error) => error.name);
const Objects = seen.listed.map((Key) => ({ Key }));
seen.deleted = (await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))).Deleted.length;
await s3.send(new DeleteBucketCommand({ Bucket }));
console.log(JSON.stringify(seen));
