import { text } from 'node:stream/consumers';
import type { RackhandError } from '../../../builder/shared/errors.ts';
import { renderStrictly } from '../template/strict.ts';
import type { Answer, Order } from './messages.ts';

// The program that renders one template of the site in a sandbox: an order from standard input, an answer to standard output.
const order = JSON.parse(await text(process.stdin)) as Order;
const texts = new Map(Object.entries(order.texts));
process.stdout.write(JSON.stringify(order.contexts.map(answer)));

function answer(context: Order['contexts'][number]): Answer {
  try {
    return { text: renderStrictly(texts, order.name, context) };
  } catch (error) {
    const { code = 'template-failed', message, mend = 'correct the template' } = error as RackhandError;
    return { fault: { code, message, mend } };
  }
}
