import type { Kind } from './types.ts';

/** What the chat model is told, and one worked example of each kind, in our own words after the paper's recipe (section 3, appendix). */
export interface Prompt {
  system: string;
  seeds: { context: string; answer: string }[];
}

const GIVEN =
  'You see one image. It is given to you as several captions, followed by objects with their places: category: [x1, y1, x2, y2], ' +
  'the upper left and lower right corners as fractions of the width and height.';

const MANNER =
  'Speak as somebody who looks at the image. Never mention captions, boxes or coordinates; say counts, places and relations in plain words. ' +
  'Say nothing that does not follow from what you are given or from common knowledge.';

const SHAPE =
  'Write each turn exactly in this form, with a line of three equals signs between question and answer and between turns:';

const SEED_CONTEXT = `Two women share a meal at a small round table outdoors.
A dog lies under the table of a street cafe.

person: [0.102, 0.214, 0.381, 0.842]
person: [0.604, 0.198, 0.911, 0.856]
dining table: [0.322, 0.512, 0.688, 0.901]
dog: [0.391, 0.774, 0.596, 0.948]
cup: [0.441, 0.468, 0.489, 0.531]`;

export const PROMPTS: Record<Kind, Prompt> = {
  conversation: {
    system: `${GIVEN}\n\nInvent a conversation of three to five turns between a person who asks about the image and you. Ask about kinds of objects, counts, actions, places and relations, each with one certain answer, and end with a question that needs some background knowledge. ${MANNER}\n\n${SHAPE}\nQuestion:\n...\n===\nAnswer:\n...\n===\nQuestion:\n...\n===\nAnswer:\n...`,
    seeds: [
      {
        context: SEED_CONTEXT,
        answer:
          'Question:\nHow many people are sitting at the table?\n===\nAnswer:\nTwo women are sitting at the table.\n===\nQuestion:\nWhere is the dog?\n===\nAnswer:\nThe dog is lying under the table, between the two women.\n===\nQuestion:\nWhy may the dog stay so calm here?\n===\nAnswer:\nIt lies in the shade of the table and close to the people it knows, which is where many dogs feel safe.',
      },
    ],
  },
  detail: {
    system: `${GIVEN}\n\nDescribe the image in detail, in one or two paragraphs. ${MANNER} Write the description and nothing else.`,
    seeds: [
      {
        context: SEED_CONTEXT,
        answer:
          'Two women are having a meal at a small round table of a street cafe, one on the left and one on the right. A single cup stands near the middle of the table. Below it a dog is lying on the ground between the two.',
      },
    ],
  },
  complex_reasoning: {
    system: `${GIVEN}\n\nThink of one demanding question whose answer takes understanding of the image and background knowledge, and answer it step by step. The question itself must not give away what is in the image. ${MANNER}\n\n${SHAPE}\nQuestion:\n...\n===\nAnswer:\n...`,
    seeds: [
      {
        context: SEED_CONTEXT,
        answer:
          'Question:\nWhat should the staff of this place think of?\n===\nAnswer:\nA dog is lying under the table at which two guests are eating. Whoever serves has to step around it without spilling anything, and a bowl of water would be welcome to the animal on a warm day.',
      },
    ],
  },
};
