import { describe, expect, it } from 'vitest';
import { contextOf, contextText } from '../../../engine/data/teachers/context.ts';

describe('what the teacher is given', () => {
  it('is captions, an empty line and boxes as corners in 0–1 with three decimals', () => {
    const context = contextOf({
      id: 1,
      file: 'a.jpg',
      width: 640,
      height: 480,
      captions: ['Two people  by a car. ', 'A street'],
      objects: [
        { category: 'person', bbox: [435.84, 116.16, 59.52, 216.96] },
        { category: 'car', bbox: [600, 0, 80, 480] },
      ],
    });
    expect(contextText(context)).toBe(
      'Two people by a car.\nA street\n\nperson: [0.681, 0.242, 0.774, 0.694]\ncar: [0.938, 0.000, 1.000, 1.000]',
    );
  });

  it('has no empty part where boxes are missing', () => {
    expect(contextText({ captions: ['A street'], objects: [] })).toBe('A street');
  });
});
