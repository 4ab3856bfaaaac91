// The same as before.js with the one client that it needs.
const { SendMessageCommand, SQSClient } = require('@aws-sdk/client-sqs');

const queue = new SQSClient();

exports.handler = async (order) => {
  const { MessageId } = await queue.send(
    new SendMessageCommand({
      QueueUrl: process.env.ORDERS_QUEUE_URL,
      MessageBody: JSON.stringify(order),
    }),
  );
  return { statusCode: 202, body: JSON.stringify({ accepted: MessageId }) };
};
