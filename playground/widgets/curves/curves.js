chart(element.querySelector(".chart"), props.plot, 260);
element.querySelector("p").textContent = window.playground.say(props.note);
