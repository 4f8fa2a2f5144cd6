/** Ways to ask for a detailed description; one is drawn for each picture (the paper keeps such a list in its appendix; the wording is ours). */
export const DETAIL_QUESTIONS: readonly string[] = [
  'Describe the picture in detail.',
  'Tell me all that can be seen in the picture.',
  'What is in this picture? Give a detailed answer.',
  'Write a thorough description of the image.',
  'Go through the image and say what is where.',
  'Give a full account of what the photo shows.',
];
