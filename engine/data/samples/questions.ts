/**
 * Ways to ask for a brief description. The paper's naive expansion of an image–caption pair (section 4.2, appendix) draws a question
 * from such a list and takes the caption as the answer; the wording here is our own.
 */
export const BRIEF_QUESTIONS: readonly string[] = [
  'Say in one sentence what this picture shows.',
  'What can be seen here, in short?',
  'Sum up the picture briefly.',
  'Give a short caption for this image.',
  'In a few words, what is in the photo?',
  'Describe what you see, and keep it short.',
  'Write one short line about the image.',
  'What does the image show? Answer briefly.',
  'Tell me concisely what is pictured.',
  'Put the content of this picture into one plain sentence.',
];
