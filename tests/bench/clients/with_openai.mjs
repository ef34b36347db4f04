// The openai SDK for Node, unmodified: `node with_openai.mjs URL KEY MODEL all|chat` prints a line of JSON for each check.
// Started in the folder of its installation, where it finds the SDK.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const { default: OpenAI } = createRequire(process.cwd() + "/")("openai");
const [url, key, model, scope] = process.argv.slice(2);
const client = new OpenAI({ baseURL: url, apiKey: key, maxRetries: 0 });
const messages = [{ role: "user", content: "hello" }];
const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const tools = [{ type: "function", function: { name: "weather", parameters } }];
const schema = {
  type: "object", properties: { topic: { type: "string" } }, required: ["topic"], additionalProperties: false,
};

const chat = {
  async chat() {
    const answer = await client.chat.completions.create({ model, messages, max_tokens: 20 });
    assert.equal(answer.choices[0].message.content, "yes indeed");
  },
  async stream() {
    let text = "";
    for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) {
      text += chunk.choices[0]?.delta?.content ?? "";
    }
    assert.equal(text, "yes indeed");
  },
  async tools() {
    const asked = await client.chat.completions.create({ model, messages, tools });
    const message = asked.choices[0].message;
    const [call] = message.tool_calls;
    assert.deepEqual(JSON.parse(call.function.arguments), { city: "Ulm" });
    const result = { role: "tool", tool_call_id: call.id, content: "sunny" };
    const done = await client.chat.completions.create({ model, messages: [...messages, message, result], tools });
    assert.equal(done.choices[0].message.content, "yes indeed");
  },
  async structured_output() {
    const response_format = { type: "json_schema", json_schema: { name: "topic", schema, strict: true } };
    const answer = await client.chat.completions.create({ model, messages, response_format });
    assert.deepEqual(JSON.parse(answer.choices[0].message.content), { topic: "letters" });
  },
};
const others = {
  async embeddings() {
    const found = await client.embeddings.create({ model: "clients/vectors", input: ["a", "b"], encoding_format: "float" });
    assert.deepEqual(found.data.map((each) => each.embedding.length), [3, 3]);
  },
  async responses() {
    assert.equal((await client.responses.create({ model, input: "hello" })).output_text, "yes indeed");
  },
};

for (const [check, run] of Object.entries(scope === "all" ? { ...chat, ...others } : chat)) {
  let fault = null;
  try { await run(); } catch (error) { fault = String(error).slice(0, 300); }
  console.log(JSON.stringify({ check, fault }));
}
