// Takes an order and queues it. Loads the whole of AWS's SDK for one of its services.
const AWS = require('aws-sdk');

const queue = new AWS.SQS();

exports.handler = async (order) => {
  const { MessageId } = await queue
    .sendMessage({
      QueueUrl: process.env.ORDERS_QUEUE_URL,
      MessageBody: JSON.stringify(order),
    })
    .promise();
  return { statusCode: 202, body: JSON.stringify({ accepted: MessageId }) };
};
